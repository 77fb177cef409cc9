# string, re, difflib, textwrap, unicodedata and stringprep
import difflib, re, string, stringprep, textwrap, unicodedata
print(string.Template("$a and ${b}").substitute(a=1, b="two"), string.capwords("a bc d"))
print(re.sub(r"(?P<w>\w+) (\d+)", r"\2 \g<w>", "apples 5"), re.findall(r"\d", "a1b2"))
try:
    re.compile("(unclosed")
except re.error as error:
    print(error, error.pos, error.lineno)
print("\n".join(difflib.unified_diff("a\nb\nc".split(), "a\nc\nd".split(), "old", "new", lineterm="")))
print(textwrap.fill("the quick brown fox jumps over the lazy dog", 20, initial_indent="* "))
print(unicodedata.name("ß"), unicodedata.normalize("NFD", "é").encode(), unicodedata.unidata_version)
print(stringprep.map_table_b2("ß"), "ﬁ".casefold(), "İ".lower().encode())
