#ifndef ENC_BACKEND_HOST_FACTS_H
#define ENC_BACKEND_HOST_FACTS_H

/*
 * Turns the launcher's messages about the machine into facts of a backend.
 * These functions are pure.
 */

#include "backend.h"

/*
 * enc_host_facts_environment() - add an environment; false if it comes out of
 * order
 */
bool enc_host_facts_environment(struct enc_backend_facts *facts,
				const struct enc_launch_environment *told);

/*
 * enc_host_facts_place() - add a place; false if it comes out of order or twice
 */
bool enc_host_facts_place(struct enc_backend_facts *facts,
			  struct enc_backend *backend,
			  const struct enc_launch_place *told);

/*
 * enc_host_facts_host() - complete the facts, after the last place; false if
 * there is no place, or none with the name @first
 */
bool enc_host_facts_host(struct enc_backend_facts *facts,
			 const struct enc_launch_host *told, const char *first);

#endif
