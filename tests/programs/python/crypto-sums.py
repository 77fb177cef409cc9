# hashlib, hmac, secrets, scrypt: algorithms and sums
import hashlib, hmac, secrets
print(sorted(hashlib.algorithms_available), sorted(hashlib.algorithms_guaranteed))
for name in sorted(hashlib.algorithms_guaranteed - {"shake_128", "shake_256"}):
    print(name, hashlib.new(name, b"abc").hexdigest()[:24])
print(hashlib.shake_256(b"abc").hexdigest(8), hashlib.blake2b(b"abc", key=b"k", digest_size=8).hexdigest())
print(hashlib.pbkdf2_hmac("sha256", b"pw", b"salt", 1000).hex(), hmac.new(b"k", b"m", "sha1").hexdigest())
print(hashlib.scrypt(b"pw", salt=b"s", n=1024, r=8, p=1, dklen=16).hex())
print(len(secrets.token_bytes()), secrets.compare_digest("a", "a"), hashlib.file_digest(open("main.py", "rb"), "md5").name)
try:
    hashlib.new("nope")
except ValueError as error:
    print(error)
