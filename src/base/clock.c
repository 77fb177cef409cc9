#include <time.h>

#include "clock.h"
#include "def.h"

enum { MS_PER_S = 1000, US_PER_S = 1000000, NS_PER_MS = 1000000 };

int64_t enc_clock_mono_ms(void)
{
	return enc_clock_mono_us() / (US_PER_S / MS_PER_S);
}

int64_t enc_clock_mono_us(void)
{
	struct timespec now;

	ENC_ASSERT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / MS_PER_S;
}

int64_t enc_clock_wall_ms(void)
{
	struct timespec now;

	ENC_ASSERT(clock_gettime(CLOCK_REALTIME, &now) == 0);
	return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

void enc_clock_iso(int64_t wall_ms, char ret_text[ENC_CLOCK_ISO_BYTES])
{
	time_t seconds = (time_t)(wall_ms / MS_PER_S);
	char day[ENC_CLOCK_ISO_BYTES];
	struct tm parts;

	ENC_ASSERT(wall_ms >= 0 && gmtime_r(&seconds, &parts) != NULL);
	ENC_ASSERT(strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &parts) ==
		   19);
	(void)snprintf(ret_text, ENC_CLOCK_ISO_BYTES, "%.19s.%03uZ", day,
		       (unsigned int)(wall_ms % MS_PER_S));
}
