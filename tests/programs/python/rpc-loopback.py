# xmlrpc, socketserver, wsgiref and smtpd on loopback
import socketserver, threading, warnings, wsgiref.simple_server, xmlrpc.client, xmlrpc.server, urllib.request, socket
s = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False, allow_none=True); s.register_function(pow); s.register_introspection_functions()
threading.Thread(target=s.serve_forever, daemon=True).start()
proxy = xmlrpc.client.ServerProxy("http://127.0.0.1:%d" % s.server_address[1])
print(proxy.pow(2, 10), proxy.system.listMethods())
try:
    proxy.pow("a", 1)
except xmlrpc.client.Fault as error:
    print(error.faultCode, error.faultString)
class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())
with socketserver.ThreadingUnixStreamServer("sock", Upper) as u:
    threading.Thread(target=u.serve_forever, daemon=True).start()
    c = socket.socket(socket.AF_UNIX); c.connect("sock"); c.send(b"line\n"); print(c.recv(99)); u.shutdown()
class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *args):
        pass
def app(environ, start):
    start("200 OK", [("Content-Type", "text/plain")]); return [environ["PATH_INFO"].encode()]
w = wsgiref.simple_server.make_server("127.0.0.1", 0, app, handler_class=Quiet); threading.Thread(target=w.handle_request).start()
print(urllib.request.urlopen("http://127.0.0.1:%d/path" % w.server_port).read())
