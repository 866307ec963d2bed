import { type Expression, type ExpressionBuilder, type SelectQueryBuilder, type SqlBool, type StringReference, sql } from 'kysely';

/** Which part of a list is wanted; pages begin at 1, without a limit all is. */
export interface Page {
  readonly page?: number | undefined;
  readonly perPage?: number | undefined;
}

/** What lists of users can be sorted by, the first before the second. */
export const USER_ORDERS = ['login', 'email', 'name', 'lastSeenAtAge'] as const;

/** One of them, and which way. */
export interface UserOrder {
  readonly by: (typeof USER_ORDERS)[number];
  readonly isDescending: boolean;
}

/** A condition: one of these columns contains the text, in any case of letters; `%` and `_` mean themselves. */
export function containsText<DB, TB extends keyof DB>(
  eb: ExpressionBuilder<DB, TB>,
  columns: readonly StringReference<DB, TB>[],
  text: string,
): Expression<SqlBool> {
  const pattern = `%${text.replace(/[\\%_]/g, (letter) => `\\${letter}`)}%`;
  return eb.or(columns.map((column) => sql<SqlBool>`lower(${eb.ref(column)}) like lower(${pattern}) escape '\\'`));
}

/** Sorts a query over the table `user`; without a wish by login. */
export function sorted(orders: readonly UserOrder[] = []) {
  return <DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O> => {
    if (orders.length === 0) return query.orderBy(sql.ref('user.login')).orderBy(sql.ref('user.email'));
    const column = (by: UserOrder['by']) => sql.ref(`user.${by === 'lastSeenAtAge' ? 'last_seen_at' : by}`);
    return orders.reduce((some, { by, isDescending }) => some.orderBy(column(by), isDescending ? 'desc' : 'asc'), query);
  };
}

/** Cuts that part out of a query. */
export function page({ page: number = 1, perPage }: Page) {
  return <DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O> =>
    perPage === undefined ? query : query.limit(perPage).offset((number - 1) * perPage);
}
