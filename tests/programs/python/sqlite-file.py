# sqlite3: a file beside the program, memory, functions, errors
import os, sqlite3
db = sqlite3.connect("data.db")
db.execute("create table t (id integer primary key, name text unique)")
with db:
    db.executemany("insert into t (name) values (?)", [("a",), ("b",), ("é",)])
try:
    with db:
        db.execute("insert into t (name) values ('a')")
except sqlite3.IntegrityError as error:
    print(error, error.sqlite_errorname)
db.create_function("twice", 1, lambda x: x * 2)
print(db.execute("select id, twice(name) from t order by id").fetchall(), db.total_changes)
print(db.execute("pragma journal_mode=wal").fetchone(), sorted(os.listdir(".")))
other = sqlite3.connect("data.db", timeout=0)
db.execute("begin exclusive")
try:
    other.execute("insert into t (name) values ('z')")
except sqlite3.OperationalError as error:
    print(error)
db.rollback(); db.close(); other.close()
print(sorted(os.listdir(".")), os.path.getsize("data.db"))
