/*
 * API keys: Authorization: Bearer ek_<id>_<secret>. The store has only a hash
 * of the secret.
 */

#include <openssl/crypto.h>
#include <string.h>

#include "credential_impl.h"
#include "scope.h"
#include "sha256.h"

enum { TOKEN_MAX_BYTES = 256 };

static const char scheme[] = "Bearer ";
static const char prefix[] = "ek_";

/* read_token() - read the token of Authorization; false if there is no token */
static bool read_token(const struct enc_http1_head *head, char *ret_token)
{
	const struct enc_text *found = enc_http1_find(head, "authorization");
	size_t skip = strlen(scheme);

	if (found == NULL || found->length <= skip ||
	    found->length - skip >= TOKEN_MAX_BYTES ||
	    strncasecmp(found->bytes, scheme, skip) != 0) {
		return false;
	}
	(void)snprintf(ret_token, TOKEN_MAX_BYTES, "%.*s",
		       (int)(found->length - skip), found->bytes + skip);
	return strncmp(ret_token, prefix, strlen(prefix)) == 0;
}

/* check_key() - check a token, in the same time for right and wrong secrets */
static bool check_key(struct enc_api *api, const char *token,
		      struct enc_api_caller *ret_caller)
{
	const char *id = token + strlen(prefix);
	const char *secret = strchr(id, '_');
	struct enc_error ignored = { 0 };
	char key_id[ENC_STORE_ID_MAX_BYTES + 1];
	enc_autorow struct enc_store_key row = {
		.base.type = &enc_store_api_keys,
		.id = key_id,
	};
	char digest[ENC_SHA256_HEX_BYTES];
	bool ok;

	if (secret == NULL || secret - id >= (ptrdiff_t)sizeof(key_id) ||
	    secret == id) {
		return false;
	}
	(void)snprintf(key_id, sizeof(key_id), "%.*s", (int)(secret - id), id);
	enc_sha256_hex(secret + 1, strlen(secret + 1), digest);
	if (enc_store_get(api->options.store, &row.base, &ignored) != ENC_OK) {
		return false;
	}
	ok = row.revoked_ms == 0 &&
	     strlen(row.secret_sha256) == sizeof(digest) - 1 &&
	     CRYPTO_memcmp(row.secret_sha256, digest, sizeof(digest) - 1) == 0;
	if (ok) {
		(void)snprintf(ret_caller->org, sizeof(ret_caller->org), "%s",
			       row.org);
		(void)snprintf(ret_caller->name, sizeof(ret_caller->name),
			       "key:%s", row.id);
		(void)snprintf(ret_caller->key, sizeof(ret_caller->key), "%s",
			       row.id);
		ret_caller->scopes = enc_api_read_scopes(row.scopes);
	}
	return ok;
}

static enum enc_api_credential_verdict
judge(struct enc_api *api, const struct enc_http_request *request,
      struct enc_api_caller *ret_caller)
{
	char token[TOKEN_MAX_BYTES];

	if (!read_token(request->head, token)) {
		return ENC_API_CREDENTIAL_ABSENT;
	}
	return check_key(api, token, ret_caller) ? ENC_API_CREDENTIAL_GOOD
						 : ENC_API_CREDENTIAL_REFUSED;
}

const struct enc_api_credential enc_api_credential_key = { .judge = judge };
