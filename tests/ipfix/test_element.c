#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ipfix/element.h"

#include <fixbuf/public.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void numbers_and_names_are_unique(void **state)
{
	assert_true(n_elements > 50);
	for (size_t i = 0; i < n_elements; i++) {
		for (size_t j = 0; j < i; j++) {
			assert_true(strcasecmp(elements[i].name, elements[j].name));
			assert_false(elements[i].origin == elements[j].origin &&
				     elements[i].number == elements[j].number);
		}
	}
}

static void rows_are_in_range(void **state)
{
	for (size_t i = 0; i < n_elements; i++) {
		const struct element *e = &elements[i];
		assert_in_range(e->number, 1, e->origin == ELEMENT_IANA ? 32767 : ELEMENT_NUMBER_MAX);
		assert_in_range(e->type, 0, ELEMENT_TYPE_MAX);
		assert_in_range(e->semantics, 0, ELEMENT_SEMANTICS_MAX);
		assert_ptr_equal(element_find(e->name), e);
	}
	assert_null(element_find("noSuchElement"));
}

/* Fixbuf carries IANA's registry of its release: ours must agree with it, and our own names stay clear of it. */
static void iana_agrees(void **state)
{
	fbInfoModel_t *model = fbInfoModelAlloc();
	for (size_t i = 0; i < n_elements; i++) {
		const fbInfoElement_t *known = fbInfoModelGetElementByName(model, elements[i].name);
		if (elements[i].origin != ELEMENT_IANA) {
			assert_null(known);
			continue;
		}
		assert_non_null(known);
		assert_int_equal(known->ent, 0);
		assert_int_equal(known->num, elements[i].number);
		assert_int_equal(known->type, elements[i].type);
		assert_int_equal(FB_IE_SEMANTIC(known->flags), elements[i].semantics);
		assert_int_equal(FB_IE_UNITS(known->flags), elements[i].units);
		assert_int_equal(!(known->flags & FB_IE_F_REVERSIBLE), !elements[i].reversible);
	}
	fbInfoModelFree(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_names_are_unique),
		cmocka_unit_test(rows_are_in_range),
		cmocka_unit_test(iana_agrees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
