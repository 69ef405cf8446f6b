"""The people, organisations and places that an article names."""

#: Name and version of the tagger. An article that another one has tagged is tagged anew when it is read again:
#: raise the version where the rules or lists find something else.
TAGGER = "rules 1"
