"""Text for XML documents. Whatever the text, the document stays well-formed and the text comes back the same, except
that characters XML 1.0 cannot hold become U+FFFD (W3C, XML 1.0, "Characters")."""

import re

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def escape_text(text: str) -> str:
    """The text as the content of an element."""
    if text.isprintable() and "&" not in text and "<" not in text and ">" not in text:
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A bare carriage return would be read back as a line feed.
    return _NOT_XML.sub("\ufffd", text).replace("\r", "&#13;")


def escape_attribute(text: str) -> str:
    """The text as the value of an attribute in double quotes."""
    return escape_text(text).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")
