# a large output is lost in the client
# limits: outputBytes=16777216
print("\u00e9" * 3000000)
