# http.server, urllib and http.client on loopback, status and headers
import http.client, http.server, threading, urllib.error, urllib.request
class H(http.server.SimpleHTTPRequestHandler):
    def log_message(self, form, *args):
        pass
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])); self.send_response(201); self.end_headers(); self.wfile.write(body[::-1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H); url = "http://127.0.0.1:%d" % server.server_port
threading.Thread(target=server.serve_forever, daemon=True).start()
open("page.txt", "w").write("page\n")
with urllib.request.urlopen(url + "/page.txt") as r:
    print(r.status, r.headers["Content-type"], r.read())
print(urllib.request.urlopen(url, data=b"abc").read())
try:
    urllib.request.urlopen(url + "/none")
except urllib.error.HTTPError as error:
    print(error, error.headers["Connection"])
c = http.client.HTTPConnection("127.0.0.1", server.server_port); c.request("BREW", "/"); print(c.getresponse().status)
try:
    urllib.request.urlopen("http://127.0.0.1:1/")
except urllib.error.URLError as error:
    print(error)
print(urllib.request.getproxies(), urllib.request.urlopen("file:///work/page.txt").read(), urllib.request.urlopen("data:,x").read())
server.shutdown()
