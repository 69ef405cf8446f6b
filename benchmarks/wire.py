"""How many articles a second are read of each wire format and feed, and in how much memory.

``python -m benchmarks.wire FILE [--megabytes N] [--json FILE]`` prints a table. FILE is JSON Lines, gzipped or not, an
object with ``title`` and ``body`` a line, such as ../shared/data/reuters21578/articles.jsonl.gz: of its articles a file
of N megabytes is made in each format, one paragraph a line of the body, and read in a process of its own. Time is
processor time of that process, from opening the file to the last article; memory is the most that it had.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from html import escape
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from search.model.article import Article
from search.readers.opening import read

ARTICLES = 3_000
#: What every reader of these formats has to reach.
LEAST_A_SECOND = 2_000
_BYTES = 1_000_000


class Story(NamedTuple):
    number: int
    title: str
    paragraphs: list[str]

    def html(self) -> str:
        return "".join(f"<p>{escape(text)}</p>\n" for text in self.paragraphs)

    def time(self) -> str:
        return f"2024-05-{1 + self.number % 28:02d}T10:{self.number % 60:02d}:00Z"


def nitf(story: Story) -> str:
    compact = story.time().replace("-", "").replace(":", "")
    return (
        f'<nitf baselang="en"><head><tobject><tobject.subject tobject.subject.matter="Sea {story.number % 50}"/></tobject>'
        f'<docdata management-status="usable"><doc-id regsrc="QW" id-string="{story.number}"/><date.issue norm="{compact}"/>'
        '<doc.copyright holder="Quay Wire"/></docdata></head><body><body.head><hedline>'
        f"<hl1>{escape(story.title)}</hl1></hedline><byline>By <person>Mara Quist</person></byline></body.head>"
        f"<body.content>{story.html()}</body.content></body></nitf>\n"
    )


def newsml_g2(story: Story) -> str:
    return (
        f'<newsItem guid="urn:newsml:quay.example:{story.number}" version="1" xml:lang="en"><itemMeta>'
        f'<itemClass qcode="ninat:text"/><provider literal="Quay Wire"/><versionCreated>{story.time()}</versionCreated>'
        '<pubStatus qcode="stat:usable"/></itemMeta><contentMeta><by>By Mara Quist</by><subject qcode="medtop:1">'
        f'<name xml:lang="en">Sea {story.number % 50}</name></subject><headline>{escape(story.title)}</headline></contentMeta>'
        f"<contentSet><inlineXML><html><body>{story.html()}</body></html></inlineXML></contentSet></newsItem>\n"
    )


def newsml_1(story: Story) -> str:
    return (
        f"<NewsItem><Identification><NewsIdentifier><ProviderId>quay.example</ProviderId><DateId>20240517</DateId><NewsItemId>{story.number}"
        "</NewsItemId><RevisionId>1</RevisionId></NewsIdentifier></Identification><NewsManagement>"
        f'<FirstCreated>{story.time()}</FirstCreated><Status FormalName="Usable"/></NewsManagement><NewsComponent>'
        f"<NewsLines><HeadLine>{escape(story.title)}</HeadLine><ByLine>By Mara Quist</ByLine></NewsLines>"
        '<DescriptiveMetadata><Language FormalName="en"/></DescriptiveMetadata><ContentItem><MediaType FormalName="Text"/>'
        f"<DataContent>{story.html()}</DataContent></ContentItem></NewsComponent></NewsItem>\n"
    )


def ninjs(story: Story) -> str:
    said = {"uri": f"urn:quay:{story.number}", "type": "text", "versioncreated": story.time(), "pubstatus": "usable", "language": "en",
            "headline": story.title, "byline": "By Mara Quist", "body_xhtml": story.html(), "subject": [{"name": f"Sea {story.number % 50}"}]}  # fmt: skip
    return json.dumps(said) + "\n"


def sgml(story: Story) -> str:
    body = escape("\n".join(story.paragraphs))
    return (
        f'<REUTERS NEWID="{story.number}"><DATE>26-FEB-1987 15:01:01.79</DATE><TOPICS><D>sea</D></TOPICS><TEXT>&#2;\n'
        f"<TITLE>{escape(story.title)}</TITLE><AUTHOR>By Mara Quist, Reuters</AUTHOR><BODY>{body}\n Reuter\n&#3;</BODY></TEXT></REUTERS>\n"
    )


def rss(story: Story) -> str:
    return (
        f"<item><title>{escape(story.title)}</title><link>https://quay.example/{story.number}</link><dc:creator>Mara Quist</dc:creator>"
        f"<pubDate>Fri, 17 May 2024 10:{story.number % 60:02d}:00 GMT</pubDate><category>Sea</category>"
        f"<content:encoded><![CDATA[{story.html()}]]></content:encoded></item>\n"
    )


#: Name -> suffix, what begins a file, what writes an article, what ends it.
FORMS: dict[str, tuple[str, str, Callable[[Story], str], str]] = {
    "NITF": (".xml", "<wire>", nitf, "</wire>"),
    "NewsML-G2": (".xml", "<newsMessage><itemSet>", newsml_g2, "</itemSet></newsMessage>"),
    "NewsML 1.2": (".xml", "<NewsML>", newsml_1, "</NewsML>"),
    "ninjs": (".jsonl", "", ninjs, ""),
    "Reuters SGML": (".sgm", "", sgml, ""),
    "RSS": (".xml", "<rss><channel><title>Quay Gazette</title>", rss, "</channel></rss>"),
}


def stories_of(path: Path) -> list[Story]:
    found: list[Story] = []
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["title"] and record["body"].strip():
                found.append(Story(0, record["title"], record["body"].splitlines()))
            if len(found) == ARTICLES:
                break
    return found


def write(path: Path, form: str, stories: list[Story], size: int) -> None:
    """Write a file of about *size* bytes."""
    _, begin, written, end = FORMS[form]
    with path.open("w", encoding="utf-8") as file:
        file.write(begin)
        for number, story in enumerate(cycle(stories), 1):
            file.write(written(story._replace(number=number)))
            if not number % 100 and file.tell() >= size:
                break
        file.write(end)


def read_one(path: str) -> dict[str, float]:
    """Return how many articles are in a file, how many a second were read, and the memory in megabytes."""
    began = time.process_time()
    count = sum(isinstance(item, Article) for item in read(path))
    rate = count / (time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"articles": count, "a_second": round(rate), "memory_mb": peak // (1024 if sys.platform != "darwin" else 1024**2)}  # fmt: skip


def measured(articles: Path, megabytes: int) -> Iterator[tuple[str, dict[str, float]]]:
    stories = stories_of(articles)
    with tempfile.TemporaryDirectory() as folder:
        for form, (suffix, *_) in FORMS.items():
            path = Path(folder) / f"wire{suffix}"
            write(path, form, stories, megabytes * _BYTES)
            command = [sys.executable, "-m", "benchmarks.wire", "--read", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            yield form, json.loads(done.stdout)
            path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.wire", description=__doc__)
    parser.add_argument("articles", nargs="?", type=Path, help="the file of articles")
    parser.add_argument("--megabytes", type=int, default=20, help="size of each file that is read")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--read", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(read_one(options.read)))
        return
    if options.articles is None:
        parser.error("name a file of articles")
    figures = {}
    print("| format | articles | a second | memory, MB | |\n| --- | --- | --- | --- | --- |")
    for form, found in measured(options.articles, options.megabytes):
        figures[form] = found
        verdict = "pass" if found["a_second"] >= LEAST_A_SECOND else "fail"
        print(f"| {form} | {found['articles']:,} | {found['a_second']:,} | {found['memory_mb']} | {verdict} |", flush=True)  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
