#ifndef ENC_BACKEND_HOST_FACTS_H
#define ENC_BACKEND_HOST_FACTS_H

/*
 * What the launcher tells of the machine, as facts of a backend. Pure.
 */

#include "backend.h"

/* enc_host_facts_environment() - false if it comes out of order */
bool enc_host_facts_environment(struct enc_backend_facts *facts,
				const struct enc_launch_environment *told);

/* enc_host_facts_place() - false if it comes out of order, or again */
bool enc_host_facts_place(struct enc_backend_facts *facts,
			  struct enc_backend *backend,
			  const struct enc_launch_place *told);

/*
 * enc_host_facts_host() - after the last place; false if @first, the usual
 * place, isn't there, or none is
 */
bool enc_host_facts_host(struct enc_backend_facts *facts,
			 const struct enc_launch_host *told, const char *first);

#endif
