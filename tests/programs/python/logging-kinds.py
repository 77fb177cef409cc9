# logging: last resort, basicConfig, handlers, an error in one
import logging, logging.handlers, sys
logging.warning("root %s", "before"); logging.info("not shown")
logging.getLogger("x").error("named")
logging.basicConfig(format="%(levelname)s:%(name)s:%(filename)s:%(lineno)d:%(funcName)s:%(processName)s:%(threadName)s %(message)s", level=logging.DEBUG, force=True, stream=sys.stdout)
def work():
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("failed")
work()
logging.info("wrong %d", "text")
h = logging.handlers.RotatingFileHandler("log", maxBytes=20, backupCount=2)
log = logging.getLogger("r"); log.propagate = False; log.addHandler(h)
for n in range(5):
    log.info("message %d", n)
h.close(); print(open("log").read(), open("log.1").read())
logging.handlers.SysLogHandler
try:
    logging.handlers.SysLogHandler("/dev/log")
except OSError as error:
    print(error)
