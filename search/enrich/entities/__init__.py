"""The people, organisations and places that an article names."""

#: Name and version of the tagger; raise the version when the rules or lists find something else. An article
#: that another version has tagged is tagged again when it is read.
TAGGER = "rules 1"
