# an error text with a lone surrogate and an escape
raise ValueError("half \ud800 bell \x07 null \0 end é")
