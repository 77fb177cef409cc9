#include <jansson.h>
#include <string.h>

#include "fuzz.h"
#include "json.h"

/*
 * agree() - jansson, told to be strict, takes what the checker takes, and
 * only that. It differs knowingly: integers above 64 bits and NUL in names it
 * can't hold, and its depth is another.
 */
static void agree(const char *text, size_t length, enum enc_json_fault fault)
{
	json_error_t why;
	json_t *tree = json_loadb(text, length,
				  JSON_REJECT_DUPLICATES | JSON_DECODE_ANY |
					  JSON_ALLOW_NUL,
				  &why);
	enum json_error_code code = json_error_code(&why);

	if (tree != NULL) {
		json_decref(tree);
		ENC_ASSERT(fault == ENC_JSON_FINE || fault == ENC_JSON_DEPTH ||
			   fault == ENC_JSON_NUMBER);
		return;
	}
	ENC_ASSERT(fault != ENC_JSON_FINE ||
		   code == json_error_numeric_overflow ||
		   code == json_error_null_byte_in_key);
}

/* check_written() - the checker takes it, and it is one line of ASCII */
static void check_written(const struct enc_buf *out)
{
	ENC_ASSERT(enc_json_check((const char *)enc_buf_bytes(out), out->length,
				  NULL) == ENC_JSON_FINE);
	for (size_t i = 0; i < out->length; i++) {
		uint8_t byte = enc_buf_bytes(out)[i];

		ENC_ASSERT(byte >= ' ' && byte <= '~');
	}
}

/* What is written of any bytes as a string, and of good JSON as it is. */
static void write_again(const uint8_t *bytes, size_t length, bool fine)
{
	ENC_AUTO(buf) out = ENC_BUF(6 * length + 2);
	ENC_AUTO(buf) ascii = ENC_BUF(6 * length + 2);

	ENC_ASSERT(enc_json_string(&out, bytes, length) == 0);
	check_written(&out);
	if (fine) {
		ENC_ASSERT(enc_json_ascii(&ascii, bytes, length) == 0);
		check_written(&ascii);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const char *text = (const char *)bytes;
	size_t at = 0;
	enum enc_json_fault fault = enc_json_check(text, length, &at);

	ENC_ASSERT(at <= length);
	if (memchr(text, '\0', length) != NULL) {
		/* jansson takes a NUL for the end; in JSON it has no place. */
		ENC_ASSERT(fault != ENC_JSON_FINE);
	} else {
		agree(text, length, fault);
	}
	write_again(bytes, length, fault == ENC_JSON_FINE);
	return 0;
}
