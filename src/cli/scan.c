#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "def.h"
#include "scan.h"

enum { ENCODED_BYTES_MAX = ENC_SCAN_SECRET_BYTES_MAX * 6 + 1 };

/* contains() - whether @text contains @needle; may ignore case */
static bool contains(const char *text, size_t length, const char *needle,
		     bool any_case)
{
	size_t span = strlen(needle);

	if (!any_case) {
		return memmem(text, length, needle, span) != NULL;
	}
	for (size_t i = 0; i + span <= length; i++) {
		if (strncasecmp(text + i, needle, span) == 0) {
			return true;
		}
	}
	return false;
}

/* spelled() - write each byte of the secret as @prefix and two hex digits */
static void spelled(const char *secret, const char *prefix, char *ret_text)
{
	size_t done = 0;

	for (size_t i = 0; secret[i] != '\0'; i++) {
		done += (size_t)snprintf(ret_text + done,
					 ENCODED_BYTES_MAX - done, "%s%02x",
					 prefix, (unsigned int)secret[i]);
	}
}

/*
 * base64_core() - encode the part of the secret that is independent of the
 * text around it
 * @before: bytes between the start of a base64 group of three and the secret
 *
 * A base64 letter that mixes bits of the secret with other bits is left out.
 */
static void base64_core(const char *secret, size_t before, bool url_safe,
			char *ret_text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t bits = strlen(secret) * 8;
	size_t done = 0;

	/* A letter has 6 bits. Start with the first one inside the secret. */
	for (size_t bit = (6 - before * 8 % 6) % 6; bit + 6 <= bits; bit += 6) {
		unsigned int value = 0;

		for (size_t i = bit; i < bit + 6; i++) {
			unsigned int byte = (unsigned char)secret[i / 8];

			value = value << 1 | (byte >> (7 - i % 8) & 1);
		}
		ret_text[done++] =
			(char)(value < 62    ? letters[value]
			       : value == 62 ? (url_safe ? '-' : '+')
					     : (url_safe ? '_' : '/'));
	}
	ret_text[done] = '\0';
}

/*
 * in_base64() - whether @text contains the secret in base64, at any of three
 * alignments and in either of two alphabets
 */
static bool in_base64(const char *text, size_t length, const char *secret)
{
	char encoded[ENCODED_BYTES_MAX];

	for (size_t i = 0; i < 6; i++) {
		base64_core(secret, i % 3, i >= 3, encoded);
		if (contains(text, length, encoded, /* any_case= */ false)) {
			return true;
		}
	}
	return false;
}

const char *enc_scan_find(const void *text, size_t length, const char *secret)
{
	static const struct {
		const char *name;
		const char *prefix;
	} spellings[] = {
		{ "hex", "" },
		{ "percent", "%" },
		{ "json escape", "\\u00" },
		{ "json escape", "\\x" },
	};
	size_t secret_length = strlen(secret);
	char encoded[ENCODED_BYTES_MAX] = "";

	ENC_ASSERT(secret_length >= 8 &&
		   secret_length <= ENC_SCAN_SECRET_BYTES_MAX);
	if (contains(text, length, secret, /* any_case= */ true)) {
		return "raw";
	}
	for (size_t i = 0; i < secret_length; i++) {
		encoded[i] = secret[secret_length - 1 - i];
	}
	if (contains(text, length, encoded, /* any_case= */ true)) {
		return "reversed";
	}
	if (in_base64(text, length, secret)) {
		return "base64";
	}
	for (size_t i = 0; i < ENC_COUNT(spellings); i++) {
		spelled(secret, spellings[i].prefix, encoded);
		if (contains(text, length, encoded, /* any_case= */ true)) {
			return spellings[i].name;
		}
	}
	return NULL;
}
