# smtp, ftp, imap, pop and telnet where nobody listens
import ftplib, imaplib, poplib, smtplib, socket, urllib.request
for name, call in ("smtp", lambda: smtplib.SMTP("127.0.0.1", 25)), ("ftp", lambda: ftplib.FTP("localhost")), ("imap", lambda: imaplib.IMAP4("127.0.0.1")), ("pop", lambda: poplib.POP3("127.0.0.1")), ("url", lambda: urllib.request.urlopen("ftp://localhost/x")), ("unix", lambda: socket.socket(socket.AF_UNIX).connect("/run/none")):
    try:
        call()
    except Exception as error:
        print(name, type(error).__name__, error)
