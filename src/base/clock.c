#include <time.h>

#include "clock.h"
#include "def.h"

enum { MS_PER_S = 1000, US_PER_S = 1000000, NS_PER_MS = 1000000 };
enum {
	SECONDS_PER_DAY = 86400,
	DAYS_PER_400_YEARS = 146097,
	DAYS_TO_1970 = 719468, /* days from 0000-03-01 to 1970-01-01 */
};

static const int64_t YEAR_10000_MS = INT64_C(253402300800000);

struct date {
	unsigned int year;
	unsigned int month;
	unsigned int day;
};

int64_t enc_clock_mono_ms(void)
{
	return enc_clock_mono_us() / (US_PER_S / MS_PER_S);
}

int64_t enc_clock_mono_us(void)
{
	struct timespec now;

	ENC_MUST(clock_gettime(CLOCK_MONOTONIC, &now));
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / MS_PER_S;
}

int64_t enc_clock_wall_ms(void)
{
	struct timespec now;

	ENC_MUST(clock_gettime(CLOCK_REALTIME, &now));
	return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

/*
 * date_of() - compute the Gregorian date that is @days after 1970-01-01
 *
 * libc's gmtime_r() isn't used, because it reads the machine's time zone file.
 * A sandbox has no such file, and the system call would get a gate killed.
 *
 * In this computation a year begins with March, so that the leap day is its
 * last day. March to July have 153 days, and so have August to December.
 */
static struct date date_of(uint32_t days)
{
	uint32_t since = days + DAYS_TO_1970; /* days since 0000-03-01 */
	uint32_t era = since / DAYS_PER_400_YEARS;
	uint32_t rest = since % DAYS_PER_400_YEARS;
	uint32_t year =
		(rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
	uint32_t day = rest - (365 * year + year / 4 - year / 100);
	/* Months are counted from March, which is 0. */
	uint32_t month = (5 * day + 2) / 153;

	return (struct date){
		.year = era * 400 + year + (month > 9 ? 1 : 0),
		.month = month > 9 ? month - 9 : month + 3,
		.day = day - (153 * month + 2) / 5 + 1,
	};
}

void enc_clock_iso(int64_t wall_ms, char ret_text[ENC_CLOCK_ISO_BYTES])
{
	int64_t ms = ENC_MIN(ENC_MAX(wall_ms, 0), YEAR_10000_MS - 1);
	uint32_t seconds = (uint32_t)(ms / MS_PER_S % SECONDS_PER_DAY);
	struct date date = date_of((uint32_t)(ms / MS_PER_S / SECONDS_PER_DAY));

	(void)snprintf(ret_text, ENC_CLOCK_ISO_BYTES,
		       "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", date.year % 10000,
		       date.month % 100, date.day % 100, seconds / 3600 % 24,
		       seconds / 60 % 60, seconds % 60,
		       (unsigned int)(ms % MS_PER_S));
}
