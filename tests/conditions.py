"""Conditional and range request headers (RFC 9110, 13.1 and 14)."""

#: None is fulfilled by a response without an ETag, a date and ranges; some are malformed.
CONDITIONS = [
    {"if-match": '"other"'},
    {"if-match": "*"},
    {"if-match": "\x00,,"},
    {"if-none-match": '"other"'},
    {"if-unmodified-since": "Sat, 29 Oct 1994 19:43:31 GMT"},
    {"if-unmodified-since": "Sat, 29 Oct 99999999999 19:43:31 GMT"},
    {"if-modified-since": "Fri, 31 Dec 9999 23:59:59 GMT"},
    {"if-modified-since": "x"},
    {"range": "bytes=0-9", "if-range": '"other"'},
    {"range": "bytes=9-0"},
    {"if-match": '"other"', "if-unmodified-since": "Sat, 29 Oct 1994 19:43:31 GMT"},
]
