# email, base64, quopri, mimetypes, json, mailbox, uuid of names
import base64, binascii, email.message, email.policy, json, mailbox, mimetypes, quopri, uuid
m = email.message.EmailMessage(); m["Subject"] = "Grüße"; m["To"] = "a@b.c"; m.set_content("tëxt\n"); m.add_attachment(b"x", maintype="image", subtype="png", filename="p.png")
m.set_boundary("===b==="); print(m.as_string())
print(base64.b85encode(b"data"), base64.b32encode(b"x"), quopri.encodestring("é=".encode()), binascii.crc32(b"x"))
print(mimetypes.guess_type("a.tar.gz"), mimetypes.guess_type("a.js"), mimetypes.guess_extension("text/html"), mimetypes.guess_type("a.xlsx"), mimetypes.knownfiles[0], [__import__("os").path.exists(f) for f in mimetypes.knownfiles])
print(json.dumps({"é": [1.0, float("nan"), None], "a": 1e400}, sort_keys=True, indent=1), json.loads("[1e5]"))
try:
    json.loads('{"a": 1,}')
except json.JSONDecodeError as error:
    print(error)
box = mailbox.mbox("box"); box.add("From: a@b.c\n\nhi\n"); box.flush(); print(len(box))
print(uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"), uuid.UUID(int=5))
try:
    base64.b64decode("a")
except binascii.Error as error:
    print(error)
