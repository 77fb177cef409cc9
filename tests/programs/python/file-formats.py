# csv, configparser, tomllib, plistlib, netrc
import configparser, csv, io, netrc, plistlib, sys, tomllib
csv.writer(sys.stdout, quoting=csv.QUOTE_NONNUMERIC).writerows([["a", 1.5], ['q"uote', "new\nline"]])
print(list(csv.DictReader(io.StringIO("x;y\n1;2\n"), delimiter=";")), csv.list_dialects())
config = configparser.ConfigParser()
config.read_string("[DEFAULT]\nroot=/srv\n[a]\npath=%(root)s/x\n")
print(config["a"]["path"], config.sections())
config.write(sys.stdout)
try:
    tomllib.loads("a = \n")
except tomllib.TOMLDecodeError as error:
    print(error)
print(tomllib.loads('d = 2024-01-02T03:04:05Z\n[x]\ny=[1,2]'))
print(plistlib.dumps({"a": [1, b"x"]}).decode())
open(".netrc", "w").write("machine h login l password p\n")
try:
    print(netrc.netrc().authenticators("h"))
except netrc.NetrcParseError as error:
    print(error)
