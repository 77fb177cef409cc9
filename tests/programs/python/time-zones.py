# TZ, tzset, zoneinfo and formats of a fixed moment
# env: TZ=America/New_York
import datetime, os, time, zoneinfo
print(time.tzname, time.timezone, time.daylight, time.localtime(0).tm_hour, time.ctime(0))
print(time.strftime("%A %d %B %Y %X %x %Z %z", time.localtime(1e9)))
os.environ["TZ"] = "Asia/Kolkata"; time.tzset()
print(time.tzname, datetime.datetime.fromtimestamp(0).astimezone())
zone = zoneinfo.ZoneInfo("Europe/Berlin")
print(datetime.datetime(2024, 3, 31, 3, tzinfo=zone).utcoffset(), len(zoneinfo.available_timezones()) > 400, zoneinfo.TZPATH)
try:
    zoneinfo.ZoneInfo("No/Where")
except zoneinfo.ZoneInfoNotFoundError as error:
    print(error)
os.environ["TZ"] = "XYZ-3"; time.tzset(); print(time.tzname, time.mktime((1970, 1, 1, 3, 0, 0, 0, 0, 0)))
del os.environ["TZ"]; time.tzset(); print(time.tzname, os.path.exists("/etc/localtime"), os.path.exists("/etc/timezone"))
