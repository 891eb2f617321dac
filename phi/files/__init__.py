"""What a request brings beside its texts: documents read for their text, images without notes."""
