# locale, preferred encodings, gettext without catalogues, sorting
import codecs, gettext, locale, sys
print(locale.setlocale(locale.LC_ALL, ""), locale.getlocale(), locale.getpreferredencoding(), locale.getencoding(), sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(), sys.getdefaultencoding())
print([(s.encoding, s.errors, s.line_buffering, s.write_through, s.newlines) for s in (sys.stdin, sys.stdout, sys.stderr)])
try:
    locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
except locale.Error as error:
    print(error)
print(locale.localeconv()["decimal_point"], locale.format_string("%d", 1234567, grouping=True), locale.strxfrm("é") == "é", locale.strcoll("a", "B"))
try:
    gettext.translation("none")
except FileNotFoundError as error:
    print(error)
print(gettext.gettext("text"), f"{1234567:n}", f"{1234567.891:,.1f}")
