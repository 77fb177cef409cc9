/* Texts in; out the bytes that each stands for, with their length before them
 * (u32 big endian), or a length of all ones. */

#include "base64.h"
#include "case_reader.h"

static void put_length(uint32_t length)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		ENC_ASSERT(putchar((int)(length >> shift & 0xff)) != EOF);
	}
}

int main(void)
{
	enc_autofree uint8_t *text = NULL;
	size_t length;

	while (case_read(&text, &length)) {
		ENC_AUTO(buf) bytes = ENC_BUF(CASE_MAX_BYTES);

		if (enc_base64_decode((const char *)text, length, &bytes) < 0) {
			put_length(UINT32_MAX);
		} else {
			put_length((uint32_t)bytes.length);
			ENC_ASSERT(fwrite(enc_buf_bytes(&bytes), 1,
					  bytes.length,
					  stdout) == bytes.length);
		}
		free(ENC_TAKE(text));
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
