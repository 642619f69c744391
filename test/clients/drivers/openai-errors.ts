import {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';

const classes: Readonly<Record<number, new (...args: never[]) => Error>> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  429: RateLimitError,
  500: InternalServerError,
};

/** Whether the OpenAI SDK threw the class of this status. */
export function isOpenAIError(thrown: unknown, status: number): boolean {
  const wanted = classes[status];
  return wanted !== undefined && thrown instanceof wanted && 'status' in thrown && thrown.status === status;
}
