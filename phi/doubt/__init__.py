"""What may identify somebody and was not found: a second reading that shares no code with
phi.detect.

It reads what is left of a text beside tokens, and asks of each word, day and number who would
write it there. Each kind of doubt is one file; look.py puts them together.
"""
