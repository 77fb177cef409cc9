#ifndef ENC_BASE_CLOCK_H
#define ENC_BASE_CLOCK_H

/*
 * Time. Code measures time in one unit: milliseconds of CLOCK_MONOTONIC, in an
 * int64_t. Only a time shown to people comes from the wall clock.
 */

#include <stdint.h>

enum { ENC_CLOCK_ISO_BYTES = 25 }; /* "2026-11-22T06:00:00.000Z" and NUL */

/*
 * enc_clock_mono_ms() - return CLOCK_MONOTONIC in milliseconds, for intervals
 * and deadlines
 */
int64_t enc_clock_mono_ms(void);

/*
 * enc_clock_mono_us() - return CLOCK_MONOTONIC in microseconds, for
 * measurements
 */
int64_t enc_clock_mono_us(void);

/*
 * enc_clock_wall_ms() - return the milliseconds since 1970. The wall clock may
 * jump, so show this time, but compute no intervals from it.
 */
int64_t enc_clock_wall_ms(void);

/*
 * enc_clock_iso() - write a time as ISO 8601, UTC, with milliseconds. A time
 * before 1970 or after 9999 is shown as the nearest time in that range; a wrong
 * clock or a damaged store may have such times.
 */
void enc_clock_iso(int64_t wall_ms, char ret_text[ENC_CLOCK_ISO_BYTES]);

#endif
