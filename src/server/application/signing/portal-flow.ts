import { findLogo } from '../../adapters/postgres/accounts/account-details.ts';
import type { SigningFlow } from '../signing-api.ts';
import type { FlowContext } from '../context.ts';
import { askerOfTask } from './asker.ts';
import { endingSession } from './finishing.ts';
import { enrol, startEnrolling } from './enrolling.ts';
import { forgetSigner } from './remembered.ts';
import { declare, startDeclaring } from './declaring.ts';
import { cancel, postpone, refuse, sendIn } from './ending.ts';
import { receiveLogin, startLogin } from './login.ts';
import { fillIn, reopenForm, viewForm } from './filling.ts';
import { markRead, showDocument, skip } from './reading.ts';
import { answerIdentifying, receiveSignature, showIdentifying, startSigning } from './signing.ts';
import { chooseWay } from './signing-method.ts';
import { viewTask } from './task-view.ts';
import { upload } from '../documents/upload.ts';
import { openSession } from './open-session.ts';

/** A signer's way through a task, on the store. */
export const createSigningFlow = (context: FlowContext): SigningFlow => ({
  open: (input) => openSession(context, input),
  asker: (place) => askerOfTask(context, place),
  logo: (sha256) => findLogo(context.db, sha256),
  view: (key) => viewTask(context, key),
  document: (key, documentId) => showDocument(context, key, documentId),
  upload: (key, documentId, contentType, body) => upload(context, key, documentId, contentType, body),
  form: (key, documentId) => viewForm(context, key, documentId),
  fillForm: (key, documentId, values) => fillIn(context, key, documentId, values),
  reopenForm: (key, documentId) => reopenForm(context, key, documentId),
  markRead: (key, documentId) => markRead(context, key, documentId),
  skip: (key, documentId) => skip(context, key, documentId),
  startLogin: (key, page) => startLogin(context, key, page),
  receiveLogin: (key, result) => receiveLogin(context, key, result),
  chooseWay: (key, documentId, wayId) => chooseWay(context, key, documentId, wayId),
  startDeclaring: (key, documentId, language) => startDeclaring(context, key, documentId, language),
  declare: (key, documentId, declaration) => declare(context, key, documentId, declaration),
  startSigning: (key, documentId, page) => startSigning(context, key, documentId, page),
  receiveSignature: (key, documentId, result) => receiveSignature(context, key, documentId, result),
  showIdentifying: (key, documentId, page) => showIdentifying(context, key, documentId, page),
  answerIdentifying: (key, documentId, result) => answerIdentifying(context, key, documentId, result),
  startEnrolling: (key, page) => startEnrolling(context, key, page),
  enrol: (key, result) => enrol(context, key, result),
  forgetSigner: (key) => forgetSigner(context, key),
  sendIn: (key) => endingSession(context, key, 'submitted', () => sendIn(context, key)),
  cancel: (key) => endingSession(context, key, 'left', () => cancel(context, key)),
  postpone: (key) => endingSession(context, key, 'left', () => postpone(context, key)),
  refuse: (key, reason) => endingSession(context, key, 'left', () => refuse(context, key, reason)),
});
