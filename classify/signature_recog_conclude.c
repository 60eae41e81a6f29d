#include "classify/signature_recog_fingerprint.h"

#include "core/buffer.h"

#include <stdlib.h>
#include <string.h>

enum { REFERENCES_MAX = 4, TEMPLATE_MAX = 480 };

/* A fingerprint and where what it says goes. */
struct telling {
	struct model_builder *b;
	const struct recog_fingerprint *now;
	enum field field;
	struct arena *arena; /* of examples */
	bool failed;         /* memory is out */
};

/* ---- parameters to templates ---- */

static const struct recog_param *find(const struct recog_fingerprint *f, const char *name, size_t len)
{
	for (unsigned i = 0; i < f->params; i++)
		if (strlen(f->param[i].name) == len && !memcmp(f->param[i].name, name, len))
			return &f->param[i];
	return NULL;
}

static void literal(struct buffer *out, char c)
{
	if (c == '{' || c == '[')
		buffer_char(out, c);
	buffer_char(out, c);
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Writes text in which {name} stands for another parameter; false when such a one does not exist, then the text is
 * not known. `uri`: %XX stands for an octet. */
static bool resolve(const struct recog_fingerprint *f, const char *text, size_t len, bool uri, unsigned depth,
		    struct buffer *out)
{
	for (size_t i = 0; i < len; i++) {
		const char *close = text[i] == '{' ? memchr(text + i, '}', len - i) : NULL;
		if (uri && text[i] == '%' && i + 2 < len && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
			literal(out, (char)(hex(text[i + 1]) << 4 | hex(text[i + 2])));
			i += 2;
			continue;
		}
		if (!close) {
			literal(out, text[i]);
			continue;
		}
		const struct recog_param *p = find(f, text + i + 1, (size_t)(close - text) - i - 1);
		if (!p || depth == REFERENCES_MAX)
			return false;
		if (!p->value)
			buffer_format(out, "{%u}", p->position);
		else if (!resolve(f, p->value, strlen(p->value), false, depth + 1, out))
			return false;
		i = (size_t)(close - text);
	}
	return true;
}

/* The template of a parameter; 0 when the fingerprint has no such one, or none that can be known. */
static uint32_t template_of(struct telling *t, const char *name)
{
	const struct recog_param *p = find(t->now, name, strlen(name));
	struct buffer out = {0};
	uint32_t text = 0;
	if (!p)
		return 0;
	if (!p->value)
		buffer_format(&out, "{%u}", p->position);
	bool known = !p->value || resolve(t->now, p->value, strlen(p->value), false, 0, &out);
	buffer_char(&out, 0);
	if (out.failed)
		t->failed = true;
	else if (known && out.len > 1 && out.len < TEMPLATE_MAX)
		text = model_add_text(t->b, out.data);
	buffer_fini(&out);
	return text;
}

/* "cpe:/a:vendor:product:version", percent-encoded (NISTIR 7695, 6.1), as a template of raw components. */
static uint32_t cpe_of(struct telling *t, const char *name)
{
	const struct recog_param *p = find(t->now, name, strlen(name));
	struct buffer out = {0};
	uint32_t text = 0;
	if (!p || !p->value || strncmp(p->value, "cpe:/", 5))
		return 0;
	bool known = true;
	for (const char *c = p->value + 5; known && *c;) {
		size_t n = strcspn(c, ":"), before = out.len;
		/* A component whose parameter does not exist is not known; the rest is. */
		if (!resolve(t->now, c, n, true, 0, &out))
			out.len = before;
		known = !out.failed && !memchr(out.data ? out.data + before : "", ':', out.len - before);
		c += n;
		if (*c) {
			buffer_char(&out, ':');
			c++;
		}
	}
	buffer_char(&out, 0);
	if (known && !out.failed && out.len > 3 && out.len < TEMPLATE_MAX && strchr("aoh", out.data[0]) &&
	    out.data[1] == ':')
		text = model_add_text(t->b, out.data);
	buffer_fini(&out);
	return text;
}

/* ---- conclusions ---- */

uint8_t recog_percent(const char *share)
{
	double n = share ? strtod(share, NULL) * 1000 : 0;
	return n >= 10 && n <= 1000 ? (uint8_t)(((unsigned)n + 5) / 10) : 0;
}

static uint8_t certainty(const struct recog_fingerprint *f, const char *name)
{
	const struct recog_param *p = find(f, name, strlen(name));
	return p ? recog_percent(p->value) : 0;
}

static uint32_t first_of(struct telling *t, const char *const *names)
{
	for (; *names; names++) {
		uint32_t text = template_of(t, *names);
		if (text)
			return text;
	}
	return 0;
}

static const char *const service_title[] = {"service.product", "service.family", NULL},
			 *const component_title[] = {"service.component.product", "service.component.family", NULL},
			 *const os_title[] = {"os.product", "os.family", NULL},
			 *const firmware_title[] = {"hw.product", "hw.family", NULL},
			 *const model[] = {"hw.product", "hw.model", "hw.family", NULL},
			 *const device[] = {"hw.device", "os.device", "service.device", NULL};

static void software(struct telling *t, const char *const *title, const char *creator, const char *version,
		     const char *cpe, const char *sure, enum software_role role)
{
	struct model_conclusion c = {.kind = CONCLUDES_SOFTWARE,
				     .role = (uint8_t)role,
				     .confidence = certainty(t->now, sure),
				     .title = first_of(t, title)};
	if (!c.title)
		return;
	c.creator = template_of(t, creator);
	c.version = template_of(t, version);
	c.cpe = cpe_of(t, cpe);
	model_add(t->b, MODEL_CONCLUSIONS, &c);
}

static void hardware(struct telling *t)
{
	struct model_conclusion c = {.kind = CONCLUDES_HARDWARE,
				     .role = MODEL_ROLE_OF_FIELD,
				     .confidence = certainty(t->now, "hw.certainty"),
				     .title = first_of(t, model),
				     .creator = template_of(t, "hw.vendor"),
				     .hardware_kind = first_of(t, device)};
	if (!c.title && !c.creator && !c.hardware_kind)
		return;
	c.cpe = cpe_of(t, "hw.cpe23");
	model_add(t->b, MODEL_CONCLUSIONS, &c);
}

static void host_name(struct telling *t)
{
	struct model_conclusion c = {
		.kind = CONCLUDES_HOST_NAME, .role = MODEL_ROLE_OF_FIELD, .title = template_of(t, "host.name")};
	if (c.title)
		model_add(t->b, MODEL_CONCLUSIONS, &c);
}

static bool says(const struct recog_fingerprint *f, const char *const *names)
{
	for (; *names; names++)
		if (find(f, *names, strlen(*names)))
			return true;
	return false;
}

bool recog_conclude(struct model_builder *b, const struct recog_fingerprint *f, enum field field)
{
	struct telling telling = {.b = b, .now = f, .field = field}, *t = &telling;
	bool client = field_table[t->field].side == FIELD_SIDE_CLIENT;
	software(t, service_title, "service.vendor", "service.version", "service.cpe23", "service.certainty",
		 client ? ROLE_CLIENT : ROLE_SERVER);
	software(t, component_title, "service.component.vendor", "service.component.version", "service.component.cpe23",
		 "service.component.certainty", ROLE_LIBRARY);
	software(t, os_title, "os.vendor", "os.version", "os.cpe23", "os.certainty", ROLE_OPERATING_SYSTEM);
	/* The version of a system without a name: it is the device's own. */
	if (!says(t->now, os_title) && find(t->now, "os.version", 10))
		software(t, firmware_title, "os.vendor", "os.version", "os.cpe23", "os.certainty", ROLE_FIRMWARE);
	hardware(t);
	host_name(t);
	return !t->failed;
}

/* ---- examples ---- */

/* Whether `name` is the parameter that the title was taken from: others of the list are not said. */
static bool is_first(const struct recog_fingerprint *f, const char *const *names, const char *name)
{
	for (; *names; names++)
		if (find(f, *names, strlen(*names)))
			return !strcmp(*names, name);
	return false;
}

static int member_of(const struct recog_fingerprint *f, const char *name)
{
	if (is_first(f, service_title, name))
		return MEMBER_TITLE;
	if (is_first(f, os_title, name))
		return MEMBER_OS;
	if (is_first(f, model, name))
		return MEMBER_MODEL;
	if (!strcmp(name, "service.version") && find(f, "service.product", 15))
		return MEMBER_VERSION;
	if (!strcmp(name, "os.version") && find(f, "os.product", 10))
		return MEMBER_OS_VERSION;
	return strcmp(name, "host.name") ? -1 : MEMBER_NAME;
}

static void expect(struct telling *t, struct model_example *row, const char *name, const char *text)
{
	int member = member_of(t->now, name);
	if (member < 0)
		return;
	while (*text == ' ')
		text++;
	size_t n = strlen(text);
	while (n && text[n - 1] == ' ')
		n--;
	const char *trimmed = arena_text(t->arena, text, n);
	t->failed |= !trimmed;
	if (!trimmed)
		return;
	struct model_expectation e = {(uint32_t)member, model_add_text(t->b, trimmed)};
	model_add(t->b, MODEL_EXPECTATIONS, &e);
	row->expectations++;
}

bool recog_examples(struct model_builder *b, const struct recog_fingerprint *f, enum field field, struct arena *arena)
{
	struct telling telling = {.b = b, .now = f, .field = field, .arena = arena}, *t = &telling;
	for (unsigned i = 0; i < t->now->examples; i++) {
		const struct recog_example *e = &t->now->example[i];
		struct model_example row = {.field = (uint32_t)t->field,
					    .first_expectation = model_rows(t->b, MODEL_EXPECTATIONS)};
		if (!e->value || !*e->value)
			continue;
		row.value = model_add_text(t->b, e->value);
		for (const char **a = e->attribute; *a; a += 2)
			expect(t, &row, a[0], a[1]);
		model_add(t->b, MODEL_EXAMPLES, &row);
	}
	return !t->failed;
}
