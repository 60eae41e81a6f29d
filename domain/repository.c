#include "domain/repository.h"

#include <string.h>

static const struct repository_engine *const engines[] = {&repository_memory, &repository_sqlite};

int repository_open(const char *url, enum repository_mode mode, struct repository **out, struct error *error)
{
	for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
		size_t n = strlen(engines[i]->scheme);
		if (strncmp(url, engines[i]->scheme, n) == 0)
			return engines[i]->open(url + n, mode, out, error);
	}
	if (strncmp(url, "clickhouse:", 11) == 0)
		return error_set(error, ERROR_USAGE, "%s: this engine is not there yet; give sqlite:PATH", url);
	return error_set(error, ERROR_USAGE, "%s: this names no repository; give %s%s", url,
			 strchr(url, ':') ? "sqlite:PATH" : "sqlite:", strchr(url, ':') ? "" : url);
}

int repository_provenance(struct repository *r, const struct provenance *p, struct error *error)
{
	return r->engine->provenance(r, p, error);
}

int repository_write(struct repository *r, const struct assertion *assertions, uint32_t count, struct error *error)
{
	return r->engine->write(r, assertions, count, error);
}

int repository_commit(struct repository *r, uint64_t *undone, struct error *error)
{
	return r->engine->commit(r, undone, error);
}

int repository_endpoints(struct repository *r, repository_endpoint_fn *fn, void *arg, struct error *error)
{
	return r->engine->endpoints(r, fn, arg, error);
}

int repository_history(struct repository *r, const uint8_t id[16], repository_line_fn *fn, void *arg,
		       struct error *error)
{
	return r->engine->history(r, id, fn, arg, error);
}

int repository_spoken(struct repository *r, const char *address, repository_line_fn *fn, void *arg, struct error *error)
{
	return r->engine->spoken(r, address, fn, arg, error);
}

int repository_close(struct repository *r, struct error *error)
{
	return r ? r->engine->close(r, error) : 0;
}

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uuid_parse(const char *text, uint8_t out[16])
{
	for (int i = 0; i < 16; i++, text += 2) {
		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return false;
		int h = nibble(text[0]), l = h < 0 ? -1 : nibble(text[1]);
		if (l < 0)
			return false;
		out[i] = (uint8_t)(h << 4 | l);
	}
	return *text == 0;
}
