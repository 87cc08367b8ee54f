"""The life of a document: drafts collect lines, issuing gives them a number."""
