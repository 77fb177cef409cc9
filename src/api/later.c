#include <string.h>

#include "api_internal.h"

void enc_api_later_begin_for(struct enc_api_later *later, struct enc_api *api,
			     struct enc_http_exchange *exchange,
			     const char *key)
{
	(void)snprintf(later->key, sizeof(later->key), "%s", key);
	later->exchange = exchange;
	enc_list_append(&api->laters, &later->link);
	enc_http_exchange_set_user(exchange, later);
}

void enc_api_later_begin(struct enc_api_later *later, struct enc_api_call *call)
{
	enc_api_later_begin_for(later, call->api, call->exchange,
				call->caller.key);
}

void enc_api_later_end(struct enc_api_later *later)
{
	enc_list_remove(&later->link);
	enc_http_exchange_set_user(later->exchange, NULL);
}

/* find_later() - find an exchange with @key whose `revoked` is set, or NULL */
static struct enc_api_later *find_later(const struct enc_api *api,
					const char *key)
{
	ENC_LIST_EACH(api->laters, at)
	{
		struct enc_api_later *later =
			ENC_HOLDER(at, struct enc_api_later, link);

		if (later->revoked != NULL && strcmp(later->key, key) == 0) {
			return later;
		}
	}
	return NULL;
}

void enc_api_later_revoke(struct enc_api *api, const char *key)
{
	struct enc_api_later *later;

	api->revocations++;
	/* Search from the start each time: ending one exchange may change the
	 * list, because the client's next request is served. */
	while ((later = find_later(api, key)) != NULL) {
		ENC_TAKE(later->revoked)(later);
	}
}
