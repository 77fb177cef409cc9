#ifndef ENC_BASE_CLOCK_H
#define ENC_BASE_CLOCK_H

/*
 * Time. Inside there is one unit, milliseconds of CLOCK_MONOTONIC in an
 * int64_t; what people read is made from the wall clock at the edge.
 */

#include <stdint.h>

enum { ENC_CLOCK_ISO_BYTES = 25 }; /* "2026-11-22T06:00:00.000Z" and NUL */

/* enc_clock_mono_ms() - for intervals and deadlines; never goes back */
int64_t enc_clock_mono_ms(void);

/* enc_clock_mono_us() - the same clock, for measuring */
int64_t enc_clock_mono_us(void);

/* enc_clock_wall_ms() - milliseconds since 1970; may jump, so only to show */
int64_t enc_clock_wall_ms(void);

/*
 * enc_clock_iso() - ISO 8601, UTC, with milliseconds. A time before 1970 or
 * after 9999, as a wrong clock or a damaged store has it, is shown as the
 * nearest one in between.
 */
void enc_clock_iso(int64_t wall_ms, char ret_text[ENC_CLOCK_ISO_BYTES]);

#endif
