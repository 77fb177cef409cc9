# raise SystemExit with a number above 255
print("before")
raise SystemExit(300)
