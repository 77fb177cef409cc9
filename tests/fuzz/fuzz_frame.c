#include <string.h>

#include "frame.h"
#include "fuzz.h"

static const enum enc_frame_side sides[] = {
	ENC_FRAME_FROM_API,
	ENC_FRAME_FROM_GATE_DOWN,
	ENC_FRAME_FROM_INIT,
	ENC_FRAME_FROM_GATE_UP,
};

/* Whatever is accepted from a side is written again as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < ENC_COUNT(sides); i++) {
		struct enc_frame frame;
		int taken = enc_frame_parse(sides[i], bytes, length, &frame);

		if (taken > 0) {
			ENC_AUTO(buf) again = ENC_BUF(length);

			ENC_ASSERT(enc_frame_append(&again, sides[i], &frame) ==
				   0);
			ENC_ASSERT(again.length == (size_t)taken);
			ENC_ASSERT(memcmp(enc_buf_bytes(&again), bytes,
					  again.length) == 0);
		}
	}
	return 0;
}
