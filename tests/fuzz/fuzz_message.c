#include <string.h>

#include "fuzz.h"
#include "message.h"

/* Whatever a parser accepts, its writer writes again as the same bytes. */
#define TRY(name)                                                              \
	do {                                                                   \
		static struct enc_message_##name message;                      \
                                                                               \
		if (enc_message_##name##_parse(bytes, length, &message) ==     \
		    0) {                                                       \
			ENC_AUTO(buf) again = ENC_BUF(length);                 \
                                                                               \
			ENC_ASSERT(enc_message_##name##_write(&again,          \
							      &message) == 0); \
			ENC_ASSERT(again.length == length);                    \
			ENC_ASSERT(memcmp(enc_buf_bytes(&again), bytes,        \
					  length) == 0);                       \
		}                                                              \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	TRY(launch);
	TRY(file);
	TRY(policy);
	TRY(rules);
	TRY(recorded);
	TRY(ready);
	TRY(exit);
	TRY(rejected);
	TRY(egress);
	TRY(call);
	TRY(redacted);
	TRY(syscall);
	TRY(counted);
	TRY(truncated);
	TRY(tally);
	return 0;
}
