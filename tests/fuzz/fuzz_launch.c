#include "fuzz.h"
#include "launch.h"

/* Whatever is accepted as a request has a tag and limits in their ranges. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	union enc_launch_message message;
	struct enc_error err = { 0 };

	if (enc_launch_check(ENC_LAUNCH_FROM_API, bytes, length, &message,
			     &err) == ENC_OK) {
		ENC_ASSERT(message.tagged.tag != 0 || message.create.tag != 0);
		ENC_ASSERT(message.opcode <= ENC_LAUNCH_DESTROY);
		if (message.opcode == ENC_LAUNCH_CLAIM) {
			ENC_ASSERT(enc_limits_check(&message.claim.limits,
						    NULL) == ENC_OK);
		}
	}
	ENC_IGNORE(enc_launch_check(ENC_LAUNCH_FROM_LAUNCHER, bytes, length,
				    &message, &err));
	return 0;
}
