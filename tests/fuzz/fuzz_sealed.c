#include <errno.h>

#include "fuzz.h"
#include "sealed.h"

static const uint8_t *inside(const uint8_t *part, const uint8_t *bytes,
			     size_t length, size_t part_length)
{
	ENC_ASSERT(part >= bytes &&
		   part_length <= (size_t)(bytes + length - part));
	return part + part_length;
}

/* The parts lie one behind the other, and no key opens what nobody sealed. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const struct enc_vault_key key = { .seal = { 1 } };
	enc_autofree uint8_t *record = NULL;
	struct enc_vault_key same = key;
	struct enc_sealed sealed;
	const uint8_t *end;

	if (enc_sealed_parse(bytes, length, &sealed) != 0) {
		return 0;
	}
	ENC_ASSERT(enc_sealed_name_ok(sealed.org));
	ENC_ASSERT(enc_sealed_name_ok(sealed.id));
	end = inside((const uint8_t *)sealed.org.bytes, sealed.key_id, length,
		     sealed.org.length);
	end = inside((const uint8_t *)sealed.id.bytes, end, length,
		     sealed.id.length);
	end = inside(sealed.nonce, end, length, ENC_SEALED_NONCE_BYTES);
	end = inside(sealed.ciphertext, end, length,
		     sealed.length + ENC_SEALED_TAG_BYTES);
	ENC_ASSERT(end == bytes + length);
	memcpy(same.id, sealed.key_id, sizeof(same.id));
	record = enc_xalloc(sealed.length + 1);
	ENC_ASSERT(enc_sealed_open(&same, &sealed, record) == -EBADMSG);
	return 0;
}
