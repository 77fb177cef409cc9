# -*- coding: latin-1 -*- what the coding line does
text = "é"
print(len(text), ascii(text))
