import type { ApiCall } from './calls.ts';

export type Method = ApiCall['method'];

/** A path without its query. */
type Bare<Path extends string> = Path extends `${infer Before}?${string}` ? Before : Path;

type IsSame<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type Find<M extends Method, Path extends string, Call = ApiCall> = Call extends {
  readonly method: M;
  readonly path: infer Known;
  readonly body: infer Body;
  readonly answer: infer Answer;
}
  ? IsSame<Path, Known> extends true
    ? { readonly body: Body; readonly answer: Answer }
    : never
  : never;

/** What a call is answered with; `never` for one that the API does not have. Paths are written as templates, in place. */
export type AnswerTo<M extends Method, Path extends string> = Find<M, Bare<Path>>['answer'];

/** What is sent with a call. */
export type BodyTo<M extends Method, Path extends string> = Find<M, Bare<Path>>['body'];

/** Names of the lists in an answer. */
export type ListIn<Answer> = {
  [Name in keyof Answer]: Answer[Name] extends readonly unknown[] ? Name : never;
}[keyof Answer];

/** One of a list in an answer. */
export type ItemOf<Answer, Name extends keyof Answer> = Answer[Name] extends readonly (infer Item)[] ? Item : never;
