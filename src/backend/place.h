#ifndef ENC_BACKEND_PLACE_H
#define ENC_BACKEND_PLACE_H

/*
 * A place is where a sandbox can be made. Sessions, pools and the API name a
 * place, never an isolation. Two places may have the same isolation.
 *
 * Properties of a place are members here, so that no other code needs an `if`
 * for it. A new place only needs a row in its backend.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "isolation.h"
#include "launch.h"
#include "limit.h"

struct enc_backend;

struct enc_place {
	/* Name in the API, such as "native". */
	char name[ENC_LAUNCH_NAME_BYTES];
	enum enc_isolation isolation;
	/*
	 * The limits that are fixed when a sandbox is made and that a claim
	 * can't change, by ENC_LIMIT_BIT().
	 */
	uint32_t fixed;
	/* Memory of a waiting sandbox, beside its language's. */
	uint64_t idle_bytes;
	/* Memory of a session beside its limits: in all, for each process. */
	uint64_t kernel_bytes;
	uint64_t process_bytes;
	/* The most that a process in a sandbox can get of openFiles. */
	uint64_t open_files_most;
	struct enc_backend *backend; /* makes the sandboxes of this place */
	uint32_t number;	     /* index among the backend's places */
};

struct enc_places {
	struct enc_place row[ENC_LAUNCH_PLACES_MAX];
	size_t count;
	size_t usual; /* index of the default place */
};

/*
 * enc_places_add() - add a place. Return: 0; -ENOSPC; -EINVAL without a name;
 * -EEXIST
 */
ENC_NODISCARD int enc_places_add(struct enc_places *places,
				 const struct enc_place *place);

/* enc_places_find() - find a place by name; NULL if no place has it */
const struct enc_place *enc_places_find(const struct enc_places *places,
					const char *name);

/* enc_places_usual() - return the place for sessions that name none */
const struct enc_place *enc_places_usual(const struct enc_places *places);

/**
 * enc_places_choose() - choose the place of a session
 * @name:      the place that the request names, or NULL
 * @least:     the weakest isolation that the request accepts
 * @ret_place: lives as long as @places
 *
 * Without a name the usual place is chosen. If that is too weak, the weakest
 * place that is strong enough is chosen. A named place is never replaced.
 *
 * Return: ENC_OK; ENC_BAD_REQUEST for an unknown name; ENC_NOT_AVAILABLE if the
 * named place, or every place, is too weak
 */
ENC_NODISCARD enum enc_code
enc_places_choose(const struct enc_places *places, const char *name,
		  enum enc_isolation least, const struct enc_place **ret_place,
		  struct enc_error *err);

/*
 * enc_place_memory() - the most memory that a session may use, in bytes: its
 * memory and its files, the place's own kernel, and its gate
 */
uint64_t enc_place_memory(const struct enc_place *place,
			  const struct enc_limits *limits);

/**
 * enc_place_check() - whether a place can give what @limits allow
 * @limits: each is within its range
 *
 * Return: ENC_OK; ENC_BAD_LIMITS
 */
ENC_NODISCARD enum enc_code enc_place_check(const struct enc_place *place,
					    const struct enc_limits *limits,
					    struct enc_error *err);

#endif
