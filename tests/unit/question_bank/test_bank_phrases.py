"""Options that speak of options, and questions that ask by way of a negation."""

import pytest

from question_bank import phrases


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("kk", "А нұсқасы"),
        ("kk", "Бірінші жауап"),
        ("kk", "А және Б нұсқалары"),
        ("ru", "Варианты А и Б"),
        ("ru", "Пункты а и б"),
        ("ru", "Первый и второй варианты"),
        ("en", "Both A and B"),
        ("en", "The previous answer"),
        ("en", "Option c"),
    ],
)
def test_text_that_names_a_place_is_found(language, text):
    assert phrases.speaks_of_places(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("kk", "Жауап берушінің бірінші өтініші"),
        ("ru", "Ответ в течение трёх дней"),
        ("ru", "Первая категория должностей"),
        ("ru", "Пункт 5 статьи 3"),
        ("en", "Both a fine and a reprimand"),
        ("en", "An answer within three days"),
        ("en", "The first answer of the body is final"),
    ],
)
def test_text_about_something_else_names_no_place(language, text):
    assert not phrases.speaks_of_places(text, language)


@pytest.mark.parametrize(
    ("language", "stem"),
    [
        ("kk", "Қызметші келді. Мыналардың қайсысы жазаға жатпайды?"),
        ("kk", "Төмендегілердің қайсысы жаза емес?"),
        ("kk", "Демалыс берілмейтін жағдай қандай?"),
        ("kk", "Оның қандай әрекетке құқығы жоқ?"),
        ("ru", "Служащий опоздал. Что из этого не является проступком?"),
        ("ru", "Кто не вправе назначать служащего?"),
        ("en", "He was late. Which of these is not an offence?"),
        ("en", "What may a civil servant not do?"),
        ("en", "Who can never be appointed?"),
        ("en", "Which measures apply, and which cannot?"),
    ],
)
def test_question_negated_without_capitals_is_found(language, stem):
    assert phrases.asks_by_negation(stem, language)


@pytest.mark.parametrize(
    ("language", "stem"),
    [
        ("kk", "Мыналардың қайсысы жазаға ЖАТПАЙДЫ?"),
        ("kk", "Өтінім берілмейді. Қызметші не істеуге тиіс?"),
        ("ru", "Что из этого НЕ является проступком?"),
        ("ru", "Руководитель не ответил. Что должен сделать служащий?"),
        ("ru", "Что должен сделать служащий, если руководитель не ответил?"),
        ("ru", "В какой срок не позднее начала отпуска выплачивается пособие?"),
        ("en", "Which of these is NOT an offence?"),
        ("en", "He has not answered. What must the servant do?"),
        ("en", "What must the servant do if the head has not answered?"),
        ("en", "Which body answers for not performing this duty?"),
        ("en", "How many days, but not more than a month, may it last?"),
    ],
)
def test_other_question_is_not(language, stem):
    assert not phrases.asks_by_negation(stem, language)


@pytest.mark.parametrize(
    ("language", "stem", "option"),
    [
        ("kk", "Не істеу керек?", "Келмеуге болмайды"),
        ("kk", "Қайсысы жазаға ЖАТПАЙДЫ?", "Ол босатылмайды"),
        ("ru", "Кто не вправе не явиться?", "Свидетель"),
        ("ru", "Что должен сделать служащий?", "Ему нельзя не ответить"),
        ("ru", "Что НЕ является проступком?", "Служащий не ответил"),
        ("en", "What may he do?", "He may not refuse not to answer"),
        ("en", "What is NOT an offence?", "He does not answer"),
    ],
)
def test_two_negations_are_found(language, stem, option):
    assert phrases.negates_twice(stem, [option], language)


@pytest.mark.parametrize(
    ("language", "stem", "option"),
    [
        ("ru", "Что НЕ является проступком?", "Отпуск не более месяца"),
        ("ru", "Что должен сделать служащий?", "Не отвечать на вопрос"),
        ("en", "What must he do?", "He must not answer"),
        ("kk", "Қайсысы жазаға ЖАТПАЙДЫ?", "Еңбек демалысы"),
    ],
)
def test_one_negation_is_not_two(language, stem, option):
    assert not phrases.negates_twice(stem, [option], language)
