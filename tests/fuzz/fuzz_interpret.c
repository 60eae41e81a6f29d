/* What any field's value says: the first octet is the field and whether explained banners are said too. */
#include "classify/interpret.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_member(const struct member *m)
{
	if (m->name && !*m->name)
		abort();
	if (m->text && !*m->text)
		abort(); /* what is not known is left out */
	for (const char *const *item = m->list; item && *item; item++)
		if (!strlen(*item))
			abort();
}

static void check(const struct statement_of *s)
{
	if (s->confidence < 1 || s->confidence > 100 || !s->known || s->n_members > STATEMENT_MEMBERS)
		abort();
	for (unsigned i = 0; i < s->n_members; i++)
		check_member(&s->members[i]);
	if (s->has_designation && !s->designation_value)
		abort();
	if (s->software && !s->title)
		abort();
}

static struct interpreter *interpreter(bool raw)
{
	static struct interpreter two[2];
	static struct signature_set *set;
	static struct signature_scratch *scratch;
	if (!set) {
		if (signature_builtin(&set, NULL) || !(scratch = signature_scratch_new(set)) ||
		    interpreter_init(&two[0], set, scratch, false) || interpreter_init(&two[1], set, scratch, true))
			abort();
	}
	return &two[raw];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct meaning m = {0};
	if (!size)
		return 0;
	uint8_t field = data[0] % FIELDS;
	arena_init(&m.arena, 1024, 0);
	if (!interpret(interpreter(data[0] / FIELDS & 1), (enum field)field, data + 1, size - 1, &m)) {
		if (strlen(m.shown) > 256)
			abort();
		for (uint32_t i = 0; i < m.n; i++)
			check(&m.says[i]);
	}
	arena_fini(&m.arena);
	return 0;
}
