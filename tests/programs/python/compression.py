# zlib, gzip, bz2, lzma, zipfile, tarfile with fixed times
import bz2, gzip, hashlib, io, lzma, tarfile, zipfile, zlib
data = b"".join(b"line %d\n" % n for n in range(2000))
for name, packed in ("zlib", zlib.compress(data, 9)), ("gzip", gzip.compress(data, mtime=0)), ("bz2", bz2.compress(data)), ("xz", lzma.compress(data)):
    print(name, len(packed), hashlib.sha256(packed).hexdigest()[:16])
print(zlib.crc32(data), zlib.adler32(data), zlib.ZLIB_RUNTIME_VERSION)
out = io.BytesIO()
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr(zipfile.ZipInfo("a.txt", (2024, 1, 2, 3, 4, 6)), data)
print(len(out.getvalue()), zipfile.ZipFile(out).testzip(), zipfile.ZipFile(out).infolist())
with tarfile.open("t.tar.xz", "w:xz") as t:
    info = t.gettarinfo("main.py"); info.mtime = 0; print(info.uid, info.uname, info.gname, oct(info.mode)); t.addfile(info, open("main.py", "rb"))
print(tarfile.open("t.tar.xz").getnames())
for bad in lambda: zlib.decompress(b"junk"), lambda: lzma.decompress(b"junk"), lambda: gzip.decompress(b"junk"):
    try:
        bad()
    except Exception as error:
        print(type(error).__name__, error)
