# ssl: versions, default contexts, a handshake in memory with own key
import os, ssl, subprocess
print(ssl.OPENSSL_VERSION.split()[0], ssl.HAS_TLSv1_3, ssl.get_default_verify_paths().cafile, len(ssl.create_default_context().get_ca_certs()) > 50)
c = ssl.create_default_context(); print(c.verify_mode, c.check_hostname, c.minimum_version)
i, o = ssl.MemoryBIO(), ssl.MemoryBIO()
obj = c.wrap_bio(i, o, server_hostname="example.org")
try:
    obj.do_handshake()
except ssl.SSLWantReadError as error:
    print(type(error).__name__, o.pending > 100)
i.write(b"HTTP/1.1 400 Bad\r\n")
try:
    obj.do_handshake()
except ssl.SSLError as error:
    print(error.reason, error.library)
for bad in lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain("none.pem"), lambda: c.load_verify_locations(cadata="junk"):
    try:
        bad()
    except (OSError, ssl.SSLError) as error:
        print(type(error).__name__, str(error).split(" (_ssl")[0])
print(len(ssl.RAND_bytes(4)), ssl.cert_time_to_seconds("Jan  5 09:34:43 2018 GMT"))
