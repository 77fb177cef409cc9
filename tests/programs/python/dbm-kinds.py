# dbm: which kinds there are, dumb files
import dbm, dbm.dumb, os
for name in "dbm.gnu", "dbm.ndbm", "dbm.dumb":
    try:
        __import__(name); print(name)
    except ImportError as error:
        print(name, error)
with dbm.dumb.open("d", "c") as db:
    db["key"] = "value"; print(sorted(db.keys()), db["key"])
print(sorted(os.listdir(".")), dbm.whichdb("d"), dbm.whichdb("main.py"))
