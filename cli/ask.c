#include "cli/ask.h"

#define DEADLINE_SHORT_MS 10000u

struct asking {
	json_t **out;
	struct error *error;
	int code;
};

static void answered(void *arg, const struct component_reply *r)
{
	struct asking *a = arg;
	struct error error = {""};
	json_decref(*a->out);
	*a->out = payload_parse(r->payload, r->len, &error);
	a->code = !r->refusal ? 0
			      : error_set(a->error, ERROR_FAILED, "%s: %s", refusal_name(r->refusal),
					  r->message ? r->message : "no reason was given");
}

int ask(const struct component_options *connection, const char *operation, const char *to, json_t *payload,
	json_t **out, struct error *error)
{
	struct component_options o = *connection;
	struct component *c = NULL;
	struct asking a = {out, error, 0};
	o.anonymous = true;
	o.state = NULL;
	*out = NULL;
	int code = component_open(&o, &c, error);
	if (code) {
		json_decref(payload);
		return code;
	}
	if (!component_ask_wait(c, operation, to, DEADLINE_SHORT_MS, payload, answered, &a))
		a.code = error_set(error, ERROR_FAILED, "%s: nothing can be sent", o.url);
	int trouble = a.code ? component_trouble(c, error) : 0; /* says it better */
	component_close(c, 0);
	return trouble ? trouble : a.code;
}
