# an uploaded module can't be imported
# files: helper.py
import helper
print(helper.twice(21))
